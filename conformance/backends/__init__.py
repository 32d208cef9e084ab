"""Who is being tested: the protocol, and one file a backend."""
