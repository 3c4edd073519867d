"""Papers: a template filled in as DOCX, and the same drawn as PDF. Heavy libraries are loaded when first needed."""
