-- An issue of a tracker is feedback once in a product, in whichever round it is read.
CREATE UNIQUE INDEX feedback_issue_key ON feedback (product_id, external_key) WHERE external_key LIKE 'issue:%';
