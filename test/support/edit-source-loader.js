/**
 * A webpack loader which edits sources while they are bundled, for tests of workflow code as it is not.
 *
 * @throws when a file does not hold what is to be edited in it, exactly once
 */
module.exports = function editSource(source) {
  const { edits } = this.getOptions();
  let edited = source;
  for (const { file, from, to } of edits) {
    if (!this.resourcePath.endsWith(file)) continue;
    if (edited.split(from).length !== 2) throw new Error(`${file} does not hold this once: ${from}`);
    edited = edited.replace(from, () => to);
  }
  return edited;
};
