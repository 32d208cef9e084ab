"""What the inputs reach: values, layouts, and the tables that are walked whole."""
