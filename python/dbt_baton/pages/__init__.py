"""What the HTML pages share: their style, and how a value is written into one."""
