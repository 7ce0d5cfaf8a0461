"""omcore: the order management engine that developers embed."""
