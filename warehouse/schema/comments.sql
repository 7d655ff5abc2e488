-- What a DuckDB client shows about tables and columns. Not a migration: it is applied to each new
-- file and after each migration. docs/warehouse.md is written from it.

COMMENT ON TABLE runs IS 'Every execution of `run` or `check`; a run that was not judged changed no verdict.';
COMMENT ON COLUMN runs.id IS 'grows with each run';
COMMENT ON COLUMN runs.run_date IS 'UTC date of the run; observations of later runs of the same date take precedence';
COMMENT ON COLUMN runs.started_at IS 'UTC';
COMMENT ON COLUMN runs.finished_at IS 'UTC; NULL while it runs, or if it was killed';
COMMENT ON COLUMN runs.status IS 'running, judged or not_judged';
COMMENT ON COLUMN runs.reason IS 'why it was not judged, else empty';
COMMENT ON COLUMN runs.links IS 'distinct links in the lists';
COMMENT ON COLUMN runs.checked IS 'links that were checked';
COMMENT ON COLUMN runs.requests IS 'HTTP requests that were sent';
COMMENT ON COLUMN runs.seconds IS 'duration of the checks, in seconds';
COMMENT ON COLUMN runs.adopted_by IS 'the later run of the same date that took over the observations of this one';
COMMENT ON COLUMN runs.rules_version IS 'of the rules and settings behind its verdicts';
COMMENT ON COLUMN runs.vantage IS 'where its checks were made: empty for the nightly runs, else the name of the machine that ran `check --witness`';

COMMENT ON TABLE links IS 'Each link once, as first seen; the other tables refer to its id.';
COMMENT ON COLUMN links.id IS 'referred to as link_id';
COMMENT ON COLUMN links.link IS 'the normalised address, or the text of a link that is not a web address';
COMMENT ON COLUMN links.host IS 'NULL if the text is not a web address';

COMMENT ON TABLE observations IS 'What each check of a link found; append-only, at most one per run and link. Older months are in compacted_observations.';
COMMENT ON COLUMN observations.run_id IS 'runs.id';
COMMENT ON COLUMN observations.link_id IS 'links.id';
COMMENT ON COLUMN observations.run_date IS 'UTC date of the run';
COMMENT ON COLUMN observations.seen_at IS 'UTC time of the check';
COMMENT ON COLUMN observations.outcome IS 'what the response amounted to, such as ok, missing or timeout';
COMMENT ON COLUMN observations.checked_by IS 'page, or the provider that answered through its API';
COMMENT ON COLUMN observations.status IS 'HTTP status; NULL without a response';
COMMENT ON COLUMN observations.final_url IS 'where redirects ended; NULL without a redirect';
COMMENT ON COLUMN observations.permanent IS 'whether every redirect was permanent (301 or 308)';
COMMENT ON COLUMN observations.freshness IS 'what a provider says about the age of a repository or paper';
COMMENT ON COLUMN observations.identity IS 'the provider''s identity of what the link names';
COMMENT ON COLUMN observations.checks IS 'requests behind this observation: a negative one is checked twice';
COMMENT ON COLUMN observations.elapsed_ms IS 'duration in milliseconds';
COMMENT ON COLUMN observations.evidence IS 'one line for people to read';
COMMENT ON COLUMN observations.fingerprint IS 'of the page: `html 6 0123456789abcdef Title`; NULL without a body';

COMMENT ON TABLE compacted_observations IS 'Observations of past months: one row for each run of equal observations of a link. The list columns hold what differs, so that each observation can be restored; no row covers two months.';
COMMENT ON COLUMN compacted_observations.link_id IS 'links.id';
COMMENT ON COLUMN compacted_observations.first_date IS 'date of the first observation';
COMMENT ON COLUMN compacted_observations.observations IS 'the length of each list';
COMMENT ON COLUMN compacted_observations.outcome IS 'as in observations';
COMMENT ON COLUMN compacted_observations.checked_by IS 'as in observations';
COMMENT ON COLUMN compacted_observations.status IS 'as in observations';
COMMENT ON COLUMN compacted_observations.final_url IS 'as in observations';
COMMENT ON COLUMN compacted_observations.permanent IS 'as in observations';
COMMENT ON COLUMN compacted_observations.freshness IS 'as in observations';
COMMENT ON COLUMN compacted_observations.identity IS 'as in observations';
COMMENT ON COLUMN compacted_observations.checks IS 'as in observations';
COMMENT ON COLUMN compacted_observations.evidence IS 'as in observations';
COMMENT ON COLUMN compacted_observations.run_ids IS 'of each observation';
COMMENT ON COLUMN compacted_observations.run_dates IS 'of each observation';
COMMENT ON COLUMN compacted_observations.seen_at IS 'of each observation';
COMMENT ON COLUMN compacted_observations.elapsed_ms IS 'of each observation';
COMMENT ON COLUMN compacted_observations.fingerprints IS 'of each observation';

COMMENT ON TABLE verdicts IS 'Every change of a link''s verdict; append-only. checks and last_checked are as of that change.';
COMMENT ON COLUMN verdicts.id IS 'grows with each change';
COMMENT ON COLUMN verdicts.run_id IS 'runs.id';
COMMENT ON COLUMN verdicts.run_date IS 'UTC date of the run';
COMMENT ON COLUMN verdicts.link_id IS 'links.id';
COMMENT ON COLUMN verdicts.state IS 'alive, suspect, dead, moved and so on';
COMMENT ON COLUMN verdicts.reason IS 'the outcome or the freshness behind it';
COMMENT ON COLUMN verdicts.since IS 'date of the first check of the streak';
COMMENT ON COLUMN verdicts.checks IS 'checks in the streak';
COMMENT ON COLUMN verdicts.last_checked IS 'date of the last check';
COMMENT ON COLUMN verdicts.suggestion IS 'the new address of the link';
COMMENT ON COLUMN verdicts.archive IS 'address of a snapshot';
COMMENT ON COLUMN verdicts.witness IS 'the decisive answer of a second witness: who, what and when; empty without one';

COMMENT ON TABLE verdict_counts IS 'The two values of a verdict that change while it holds, as of the last judged run with the link.';
COMMENT ON COLUMN verdict_counts.run_id IS 'runs.id';
COMMENT ON COLUMN verdict_counts.link_id IS 'links.id';
COMMENT ON COLUMN verdict_counts.checks IS 'checks in the streak';
COMMENT ON COLUMN verdict_counts.last_checked IS 'date of the last check';

COMMENT ON TABLE overrides IS 'What people decided: keep a link as it is, or decline a candidate. Append-only.';
COMMENT ON COLUMN overrides.id IS 'grows with each decision';
COMMENT ON COLUMN overrides.url IS 'as the person wrote it';
COMMENT ON COLUMN overrides.kind IS 'keep or decline';
COMMENT ON COLUMN overrides.verdict IS 'the accepted verdict; NULL for any';
COMMENT ON COLUMN overrides.until IS 'the last date on which it applies; NULL for no end';
COMMENT ON COLUMN overrides.reason IS 'the person''s words';
COMMENT ON COLUMN overrides.created_at IS 'UTC';
COMMENT ON COLUMN overrides.undone IS 'true if this row undoes the earlier override';
COMMENT ON COLUMN overrides.author IS 'empty if unknown';
COMMENT ON COLUMN overrides.origin IS 'command, edit of the list, or review of the pull request';

COMMENT ON TABLE published_lines IS 'What happened to each flag and candidate that was written into a list; append-only.';
COMMENT ON COLUMN published_lines.id IS 'grows with each event';
COMMENT ON COLUMN published_lines.list IS 'the path of the list in the settings';
COMMENT ON COLUMN published_lines.kind IS 'flag or candidate';
COMMENT ON COLUMN published_lines.subject IS 'the link of a flag, or the identity of a candidate';
COMMENT ON COLUMN published_lines.url IS 'as in the list';
COMMENT ON COLUMN published_lines.state IS 'of the flag';
COMMENT ON COLUMN published_lines.since IS 'date of the flag';
COMMENT ON COLUMN published_lines.position IS 'curated.place: link or end; empty for a candidate';
COMMENT ON COLUMN published_lines.run_date IS 'UTC date of the run';
COMMENT ON COLUMN published_lines.event IS 'written, seen, reverted, withdrawn or gone';

COMMENT ON TABLE pulls IS 'Each reading of a source.';
COMMENT ON COLUMN pulls.id IS 'grows with each pull';
COMMENT ON COLUMN pulls.source IS 'name of the source';
COMMENT ON COLUMN pulls.run_date IS 'UTC date of the run';
COMMENT ON COLUMN pulls.pulled_at IS 'UTC';
COMMENT ON COLUMN pulls.state IS 'ok, fallback, stale or down';
COMMENT ON COLUMN pulls.used IS 'the adapter whose items were taken';
COMMENT ON COLUMN pulls.items IS 'how many';
COMMENT ON COLUMN pulls.note IS 'why it fell back, or what was left out';

COMMENT ON TABLE item_texts IS 'What a source says about an item, stored once while it stays the same.';
COMMENT ON COLUMN item_texts.id IS 'a hash of the row';
COMMENT ON COLUMN item_texts.identity IS 'of the paper, repository or page';
COMMENT ON COLUMN item_texts.kind IS 'paper, repository, model, article and so on';
COMMENT ON COLUMN item_texts.title IS 'as plain text';
COMMENT ON COLUMN item_texts.url IS 'of the page';
COMMENT ON COLUMN item_texts.summary IS 'as plain text';
COMMENT ON COLUMN item_texts.published IS 'date, if the source has one';
COMMENT ON COLUMN item_texts.repository IS 'owner/name of its code';
COMMENT ON COLUMN item_texts.keywords IS 'as given by its site: language and topics, or task and tags; NULL for none';
COMMENT ON COLUMN item_texts.number IS 'of the repository at GitHub, or a hash of the item''s id in the feed; neither changes with a rename';

COMMENT ON TABLE items IS 'The rows of each pull.';
COMMENT ON COLUMN items.pull_id IS 'pulls.id';
COMMENT ON COLUMN items.rank IS 'position in the feed, from 1';
COMMENT ON COLUMN items.text_id IS 'item_texts.id';
COMMENT ON COLUMN items.stars IS 'of the repository';
COMMENT ON COLUMN items.stars_today IS 'gained on that day';
COMMENT ON COLUMN items.upvotes IS 'of readers';

COMMENT ON TABLE candidate_selections IS 'One row each time that candidates were selected, even if there were none.';
COMMENT ON COLUMN candidate_selections.id IS 'grows with each selection';
COMMENT ON COLUMN candidate_selections.run_date IS 'UTC date of the run';
COMMENT ON COLUMN candidate_selections.about IS 'phrases on the subject of the lists: candidates.about, or their titles';
COMMENT ON COLUMN candidate_selections.names IS 'phrases of the entries that name this subject';
COMMENT ON COLUMN candidate_selections.best_relevance IS 'highest relevance of any item in the feeds, as long as nothing was ever proposed';

COMMENT ON TABLE candidates IS 'Items that the list lacks and that were proposed.';
COMMENT ON COLUMN candidates.identity IS 'of the item';
COMMENT ON COLUMN candidates.title IS 'as plain text';
COMMENT ON COLUMN candidates.url IS 'of the page';
COMMENT ON COLUMN candidates.source IS 'the source that proposed it';
COMMENT ON COLUMN candidates.why IS 'the reason, for people to read';
COMMENT ON COLUMN candidates.section IS 'headings under which it would belong, outermost first';
COMMENT ON COLUMN candidates.score IS 'relevance from 0 to 1';
COMMENT ON COLUMN candidates.first_seen IS 'date of the first proposal';
COMMENT ON COLUMN candidates.summary IS 'one sentence';
COMMENT ON COLUMN candidates.selection_id IS 'the last selection that it was part of';
COMMENT ON COLUMN candidates.candidate_group IS 'the part of the generated section that shows it';

COMMENT ON TABLE accepted_candidates IS 'When a former candidate became an entry of a list.';
COMMENT ON COLUMN accepted_candidates.identity IS 'of the item';
COMMENT ON COLUMN accepted_candidates.run_date IS 'UTC date of the run that noticed it';

COMMENT ON TABLE snapshot_lookups IS 'Lookups of snapshots in the Wayback Machine, also those that found nothing; append-only.';
COMMENT ON COLUMN snapshot_lookups.id IS 'grows with each lookup';
COMMENT ON COLUMN snapshot_lookups.link_id IS 'links.id';
COMMENT ON COLUMN snapshot_lookups.run_date IS 'UTC date of the run';
COMMENT ON COLUMN snapshot_lookups.before IS 'the date that snapshots had to be older than';
COMMENT ON COLUMN snapshot_lookups.result IS 'found, nothing or blocked';
COMMENT ON COLUMN snapshot_lookups.snapshot_url IS 'NULL unless found';

COMMENT ON TABLE domain_registrations IS 'What registries say about domains (RDAP); the last row of a domain counts.';
COMMENT ON COLUMN domain_registrations.domain IS 'the registrable domain';
COMMENT ON COLUMN domain_registrations.run_date IS 'UTC date of the run that asked';
COMMENT ON COLUMN domain_registrations.state IS 'registered, free or unknown';
COMMENT ON COLUMN domain_registrations.registered_on IS 'date of registration; NULL if not given';
COMMENT ON COLUMN domain_registrations.expires_on IS 'date of expiry; NULL if not given';
COMMENT ON COLUMN domain_registrations.name_servers IS 'the name servers of the domain';

COMMENT ON TABLE former_pages IS 'What doubtful links showed when they were listed, by the capture of the Wayback Machine nearest to the date of their line; the last row of a link counts.';
COMMENT ON COLUMN former_pages.id IS 'grows with each answer';
COMMENT ON COLUMN former_pages.link_id IS 'links.id';
COMMENT ON COLUMN former_pages.run_date IS 'UTC date of the run that asked';
COMMENT ON COLUMN former_pages.captured_at IS 'when it was captured, UTC; NULL if there is no capture of content';
COMMENT ON COLUMN former_pages.title IS 'of the page; like all further columns empty without a capture';
COMMENT ON COLUMN former_pages.fingerprint IS 'as in observations';
COMMENT ON COLUMN former_pages.head IS 'stems of the significant words of title, headings and descriptions, without the name of the entry';
COMMENT ON COLUMN former_pages.words IS 'stems of the significant words of the page';
COMMENT ON COLUMN former_pages.names IS 'long words of the entry''s name that are in the head';
COMMENT ON COLUMN former_pages.origins IS 'repositories with the entry''s name that the page links to, and its author';
COMMENT ON COLUMN former_pages.trades IS 'trades of usurpers whose words are on it';
COMMENT ON COLUMN former_pages.is_about IS 'whether it is about what the entry describes';
COMMENT ON COLUMN former_pages.announcement IS 'what the last capture announces about a new name or address; empty if it was not requested';

COMMENT ON TABLE witness_answers IS 'Answers of second witnesses about links that were about to be flagged: the Wayback Machine, another resolver, the registry, the home page of the host. Append-only.';
COMMENT ON COLUMN witness_answers.id IS 'grows with each answer';
COMMENT ON COLUMN witness_answers.link_id IS 'links.id';
COMMENT ON COLUMN witness_answers.run_date IS 'UTC date of the question';
COMMENT ON COLUMN witness_answers.witness IS 'who was asked';
COMMENT ON COLUMN witness_answers.result IS 'well: it was there after the streak began; gone: not there either; nothing: no evidence; unreached: no usable answer';
COMMENT ON COLUMN witness_answers.seen_on IS 'when it was last there, such as the date of a capture; else NULL';

COMMENT ON TABLE control_pages IS 'The response to a random URL in a folder: where every URL gets the same response, status 200 proves nothing. Counts only if its run does.';
COMMENT ON COLUMN control_pages.run_id IS 'runs.id';
COMMENT ON COLUMN control_pages.folder IS '`https://host/path/`';
COMMENT ON COLUMN control_pages.run_date IS 'UTC date of the run';
COMMENT ON COLUMN control_pages.status IS 'HTTP status';
COMMENT ON COLUMN control_pages.final_url IS 'NULL without a redirect';
COMMENT ON COLUMN control_pages.fingerprint IS 'as in observations';
COMMENT ON COLUMN control_pages.says_missing IS 'whether it says that it is missing';
COMMENT ON COLUMN control_pages.parked IS 'whether it is a parking page';

COMMENT ON TABLE robots_txt IS 'The robots.txt of each host, cached for weeks. Counts only if its run does.';
COMMENT ON COLUMN robots_txt.run_id IS 'runs.id; 0: fetched by a pull, always counts';
COMMENT ON COLUMN robots_txt.host IS 'with its port unless that is the default';
COMMENT ON COLUMN robots_txt.run_date IS 'UTC date of the run';
COMMENT ON COLUMN robots_txt.status IS 'HTTP status; 0 without a response';
COMMENT ON COLUMN robots_txt.rules IS 'the lines with rules; empty if nothing is disallowed';

COMMENT ON TABLE validators IS 'The validators of a page (RFC 9110 section 8.8), for conditional requests; the last row of a link counts.';
COMMENT ON COLUMN validators.run_id IS 'runs.id';
COMMENT ON COLUMN validators.link_id IS 'links.id';
COMMENT ON COLUMN validators.run_date IS 'date of the response that sent them';
COMMENT ON COLUMN validators.etag IS 'entity tag';
COMMENT ON COLUMN validators.last_modified IS 'HTTP date';
COMMENT ON COLUMN validators.trust IS 'how the server answered invented validators: untried, proven or none';

COMMENT ON TABLE kind_statistics IS 'How often links of each kind change, and the interval between their checks, as of each run.';
COMMENT ON COLUMN kind_statistics.run_id IS 'runs.id';
COMMENT ON COLUMN kind_statistics.kind IS 'of link';
COMMENT ON COLUMN kind_statistics.links IS 'of this kind';
COMMENT ON COLUMN kind_statistics.checks IS 'observations of them';
COMMENT ON COLUMN kind_statistics.changes IS 'between consecutive ones';
COMMENT ON COLUMN kind_statistics.days IS 'between consecutive checks, added up';
COMMENT ON COLUMN kind_statistics.rate IS 'changes of one link per day';
COMMENT ON COLUMN kind_statistics.cost IS 'requests per check';
COMMENT ON COLUMN kind_statistics.interval_days IS 'mean days from one check to the next';

COMMENT ON TABLE response_cache IS 'Responses of feeds, for parsing them again and for conditional requests in the next pull. Not exported.';
COMMENT ON COLUMN response_cache.run_date IS 'UTC date of the run';
COMMENT ON COLUMN response_cache.url IS 'the requested URL';
COMMENT ON COLUMN response_cache.final_url IS 'where redirects ended';
COMMENT ON COLUMN response_cache.status IS 'HTTP status';
COMMENT ON COLUMN response_cache.content_type IS 'as declared';
COMMENT ON COLUMN response_cache.etag IS 'entity tag';
COMMENT ON COLUMN response_cache.last_modified IS 'HTTP date';
COMMENT ON COLUMN response_cache.body_id IS 'response_bodies.id';

COMMENT ON TABLE response_bodies IS 'The bodies of response_cache, each once. Not exported.';
COMMENT ON COLUMN response_bodies.id IS 'a hash of the body';
COMMENT ON COLUMN response_bodies.compressed IS 'zlib, RFC 1950';

COMMENT ON TABLE text_vectors IS 'Vectors of the texts that the last selection of candidates compared (candidates.semantic). Not exported.';
COMMENT ON COLUMN text_vectors.id IS 'a hash of the encoder and the text';
COMMENT ON COLUMN text_vectors.vector IS '384 numbers of 16 bits, little-endian';

COMMENT ON TABLE schema_migrations IS 'The migrations that this file has.';
COMMENT ON COLUMN schema_migrations.number IS 'of the file in warehouse/schema';
COMMENT ON COLUMN schema_migrations.name IS 'of the file';
COMMENT ON COLUMN schema_migrations.sha256 IS 'of its text';
COMMENT ON COLUMN schema_migrations.applied_by IS 'version of staycurrent';
