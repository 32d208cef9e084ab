"""How cases are run: execution, journal, watchdog, processes of their own."""
