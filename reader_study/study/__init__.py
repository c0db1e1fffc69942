"""A study: what it asks, of whom, in which order, and what each may see when. The words it is told in:

- **study**: a set of cases that readers read under one definition, to be compared with a reference standard;
- **case**: one head CT of one patient, under a key that says nothing of either;
- **reader**: a neuroradiologist who reads cases, each in an order of their own;
- **read**: what one reader answers to a study's questions about one case in one condition, with how long it took;
- **step**: one place in a reader's worklist: a case, a condition, and which repeat of it;
- **condition**: what a reader sees while reading: the scan alone (unaided), or the model's output too (aided);
- **rating**: one answer of a reader or a model to one question about one case, as a row of the ratings table;
- **reference standard**: what is taken as true of a case (`truth` in tables), never shown before results are unlocked;
- **worklist**: all steps of one reader, in order, with those that are locked;
- **lock**: to end a read; from then on it is never changed or deleted;
- **correction**: a later answer to a locked read, kept beside it with its reason;
- **freeze**: what the first read does to a study: cases, questions, scales and the shown model stay as they are;
- **unlock**: to open the results to readers, which is written into the audit trail.

Rules and types belong here, as pure functions and frozen dataclasses. What is stored is in `store`, who may ask in
`access`; nothing here reads a file, a database or a clock.
"""
