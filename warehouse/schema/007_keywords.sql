ALTER TABLE item_texts ADD COLUMN keywords VARCHAR[];
