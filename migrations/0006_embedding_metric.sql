-- How embeddings are compared, where it is not by cosine: it decides the index of the latest rows, not their values.

ALTER TABLE {{schema}}.features ADD COLUMN metric text;
