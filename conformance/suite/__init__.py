"""The clauses, one file a topic, in the documents' order."""
