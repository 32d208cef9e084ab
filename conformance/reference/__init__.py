"""What is right, worked out without torch and without the backend under test."""
