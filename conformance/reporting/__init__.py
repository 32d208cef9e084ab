"""results.jsonl, and every report made from it."""
