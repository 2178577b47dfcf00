"""What can be found that belongs to no app above: the people of the directory."""
