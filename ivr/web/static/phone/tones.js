// What a telephone sounds like by itself: the tones of its keys, and ringing.

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = "123456789*0#";
const RINGING = [440, 480];
const VOLUME = 0.05;

let context;

/** Sound a key (ITU-T Q.23). */
export function key(name) {
  const at = KEYS.indexOf(name);
  if (at >= 0) sound([ROWS[Math.floor(at / 3)], COLUMNS[at % 3]], 0.12);
}

/** Ring once, as North American networks do. */
export function ring() {
  sound(RINGING, 1.2);
}

function sound(frequencies, seconds) {
  try {
    context ??= new AudioContext();
    context.resume();
    const volume = new GainNode(context, { gain: 0 });
    const now = context.currentTime;
    volume.gain.linearRampToValueAtTime(VOLUME, now + 0.01);
    volume.gain.setValueAtTime(VOLUME, now + seconds - 0.02);
    volume.gain.linearRampToValueAtTime(0, now + seconds);
    volume.connect(context.destination);
    for (const frequency of frequencies) {
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(volume);
      tone.start(now);
      tone.stop(now + seconds);
    }
  } catch {
    // A phone without a loudspeaker is still a phone.
  }
}
