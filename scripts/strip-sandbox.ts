/** Strips the types of what runs in a runner, which cannot do so itself; quick when nothing has changed. */
import { removeOldBuilds, runnerBuild } from '../src/sandbox/runner-build.ts';

const build = runnerBuild();
removeOldBuilds(build);
console.log(`Sandbox ready in ${build.root}`);
