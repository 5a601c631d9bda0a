"""The sections a digest is made of, one file each."""
