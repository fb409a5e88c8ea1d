/** One line that is written over in a terminal; nothing at all in a pipe. */
export interface Progress {
  done(what: string): void;
  end(): void;
}

export function createProgress(stream: NodeJS.WriteStream, total: number, known: number): Progress {
  let done = 0;
  const began = performance.now();
  const write = (text: string): void => {
    if (stream.isTTY) stream.write(`\r\u001b[2K${text.slice(0, stream.columns - 1)}`);
  };
  return {
    done(what) {
      done++;
      const left = ((performance.now() - began) / done) * (total - done);
      const note = known > 0 ? `, ${known} known before` : '';
      write(`${done} of ${total} runs${note}, about ${duration(left)} left; last ${what}`);
    },
    end: () => write(''),
  };
}

function duration(milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  return minutes < 1.5 ? `${Math.ceil(milliseconds / 1000)} s` : `${Math.round(minutes)} min`;
}
