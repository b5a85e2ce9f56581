/** Whether a person reads stdout, and how wide what they read it on is. */

/** `FSTORE_FORCE_TTY` says that one does where it cannot be seen, as in `fstore list | less -R`; a number is the width. */
export function isScreen(stream: NodeJS.WriteStream = process.stdout): boolean {
  return stream.isTTY === true || Boolean(process.env.FSTORE_FORCE_TTY)
}

export function screenWidth(stream: NodeJS.WriteStream = process.stdout): number {
  const { FSTORE_FORCE_TTY, COLUMNS } = process.env
  const told = [FSTORE_FORCE_TTY, stream.columns, COLUMNS].map(Number).find((columns) => columns >= 10)
  return told ?? 80
}
