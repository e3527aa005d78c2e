"""A load of hours or days: minutes in a folder, each written when it is over; drift at the end."""
