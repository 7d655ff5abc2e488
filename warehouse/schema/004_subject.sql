ALTER TABLE candidate_selections ADD COLUMN about VARCHAR[];
ALTER TABLE candidate_selections ADD COLUMN names VARCHAR[];
ALTER TABLE candidate_selections ADD COLUMN best_relevance DOUBLE;
