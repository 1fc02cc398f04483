const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64'];

/**
 * Why Hookline cannot run on a machine, or undefined.
 * @param {{ platform: string, arch: string, glibc: boolean }} machine `glibc` matters on Linux
 * @returns {string | undefined}
 */
export function platformProblem({ platform, arch, glibc }) {
  if (platform === 'darwin' && arch === 'x64') {
    return (
      'Hookline does not run on Intel Macs: there is no ready-made isolated-vm for them. ' +
      'On a Mac with Apple silicon this Node is the Intel one; install the arm64 one. Otherwise use Linux, or a Linux container.'
    );
  }
  if (!PLATFORMS.includes(`${platform}-${arch}`)) {
    return `Hookline does not run on ${platform}-${arch}; it runs on ${PLATFORMS.join(', ')}.`;
  }
  if (platform === 'linux' && !glibc) {
    return 'Hookline needs a Linux with glibc (Debian, Ubuntu, Fedora, ...); this one has musl, as Alpine does.';
  }
  return undefined;
}
