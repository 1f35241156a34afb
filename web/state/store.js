/** Holds the page's state; whoever watches is told after each change. */

/**
 * @template State, Action
 */
export class Store {
  /**
   * @param {(state: State, action: Action) => State} reduce
   * @param {State} initial
   */
  constructor(reduce, initial) {
    this.reduce = reduce;
    this.state = initial;
    /** @type {Set<() => void>} */
    this.watchers = new Set();
  }

  /** @param {Action} action */
  dispatch(action) {
    this.state = this.reduce(this.state, action);
    for (const watcher of this.watchers) watcher();
  }

  /** @param {() => void} watcher */
  watch(watcher) {
    this.watchers.add(watcher);
  }
}
