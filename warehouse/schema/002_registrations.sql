CREATE TYPE registration_state AS ENUM ('registered', 'free', 'unknown');

CREATE TABLE domain_registrations (
    domain VARCHAR NOT NULL,
    run_date DATE NOT NULL,
    state registration_state NOT NULL,
    registered_on DATE,
    expires_on DATE,
    name_servers VARCHAR[] NOT NULL
);
