"""The parts that Marigot brings along, so that it runs with no server installed by hand."""
