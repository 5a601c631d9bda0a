// The fields of a view: how each is read, and which ones the person has touched.

export class Fields {
  #readers = new Map();
  #touched = new Set();

  set(blockId, actionId, read) {
    if (!this.#readers.has(blockId)) this.#readers.set(blockId, new Map());
    this.#readers.get(blockId).set(actionId, read);
  }

  /** Remembers what is changed under `root`. */
  watch(root) {
    const touch = (event) => {
      const block = event.target.closest?.("[data-block]")?.dataset.block;
      if (block) this.#touched.add(block);
    };
    root.addEventListener("input", touch);
    root.addEventListener("change", touch);
  }

  /** Everything as Slack's `state.values`: {block_id: {action_id: {type, …}}}. */
  values(only = () => true) {
    const all = {};
    for (const [blockId, readers] of this.#readers) {
      if (!only(blockId)) continue;
      all[blockId] = Object.fromEntries([...readers].map(([actionId, read]) => [actionId, read()]));
    }
    return all;
  }

  /** The same for the blocks that the person touched. */
  touchedValues() {
    return this.values((blockId) => this.#touched.has(blockId));
  }
}
