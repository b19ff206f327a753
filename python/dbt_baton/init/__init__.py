"""The model files of a new subject, from its events to the verdict on its model."""
