"""What the pages with numbers are made of: filters that live in the address, cards, panels, downloads."""
