"""The matmul stage (`command.py` runs it, `stage.py` is it), and what a run of the suite costs."""
