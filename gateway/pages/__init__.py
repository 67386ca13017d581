"""The office's pages: desk, board, kiosk, the office today, and a visitor's own place."""
