CREATE TABLE former_pages (
    id INTEGER PRIMARY KEY,
    link_id INTEGER NOT NULL,
    run_date DATE NOT NULL,
    captured_at TIMESTAMP,
    title VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL,
    head VARCHAR[] NOT NULL,
    words VARCHAR[] NOT NULL,
    names VARCHAR[] NOT NULL,
    origins VARCHAR[] NOT NULL,
    trades VARCHAR[] NOT NULL,
    is_about BOOLEAN NOT NULL,
    announcement VARCHAR NOT NULL
);
