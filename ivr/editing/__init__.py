"""The script as an agency edits it: revisions in the database, drafts, approval, publication."""
