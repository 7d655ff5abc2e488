// Messages of awesome-lint for each file that is named, network rules off: rule, tab, count.
// node bench/awesome_lint.mjs FOLDER_WITH_NODE_MODULES FILE...
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const load = name => import(pathToFileURL(`${folder}/node_modules/${name}`).href);
const {default: config} = await load('awesome-lint/config.js');
const {remark} = await load('remark/index.js');
const network = /git-repo-age|github|contributing|license|code-of-conduct|file-name|file-extension|readme/;
const nameOf = plugin => (Array.isArray(plugin) ? plugin[0] : plugin)?.name ?? '';
const all = Array.isArray(config) ? config : config.plugins;
const local = all.filter(plugin => !network.test(nameOf(plugin)));

for (const file of files) {
	const counts = {};
	const told = await remark().use({plugins: local}).process({path: 'readme.md', value: readFileSync(file)});
	for (const {ruleId} of told.messages) {
		counts[ruleId] = (counts[ruleId] ?? 0) + 1;
	}

	console.log(JSON.stringify({file, counts}));
}
