"""A model as an HTML page in which its inputs can be changed."""
