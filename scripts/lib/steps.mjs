/** How long, in words: `0.4 s`, `2 min 5 s`. @param {number} milliseconds */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** Shows numbered steps, their progress and how long each took. */
export class Steps {
  #number = 0;
  #total;

  /** @param {number} total */
  constructor(total) {
    this.#total = total;
  }

  /**
   * @template T
   * @param {string} title
   * @param {(say: (line: string) => void) => Promise<T>} work `say` shows a line of progress
   * @returns {Promise<T>}
   */
  async step(title, work) {
    this.#number += 1;
    const began = Date.now();
    let said = Date.now();
    console.log(`[${this.#number}/${this.#total}] ${title}`);
    /** @param {string} line */
    const say = (line) => {
      said = Date.now();
      if (line.trim() !== "") console.log(`      ${line}`);
    };
    // A download can be silent for long; show that it still goes on.
    const pulse = setInterval(() => {
      if (Date.now() - said > 9_000) say(`… ${duration(Date.now() - began)}`);
    }, 1_000);
    try {
      const result = await work(say);
      const took = Date.now() - began;
      if (took > 300) console.log(`      done in ${duration(took)}`);
      return result;
    } finally {
      clearInterval(pulse);
    }
  }
}
