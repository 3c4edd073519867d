/** Alarm tones made with WebAudio, so that no sound file is needed offline. */

interface Note {
  frequency: number;
  to?: number;
  at: number;
  length: number;
}

/** One plain tone: something new. */
export const NEW_TONE: readonly Note[] = [{ frequency: 784, at: 0, length: 0.35 }];

/** Two rising sweeps: still unanswered. */
export const RISING_TONE: readonly Note[] = [
  { frequency: 523, to: 1047, at: 0, length: 0.45 },
  { frequency: 523, to: 1047, at: 0.55, length: 0.45 },
];

const LOUDNESS = 0.25;
const FADE_SECONDS = 0.02;

/** Plays the notes now. */
export function play(audio: AudioContext, notes: readonly Note[]): void {
  for (const note of notes) playNote(audio, note);
}

function playNote(audio: AudioContext, note: Note): void {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  const start = audio.currentTime + note.at;
  const end = start + note.length;
  oscillator.type = "triangle";
  oscillator.frequency.setValueAtTime(note.frequency, start);
  if (note.to) oscillator.frequency.exponentialRampToValueAtTime(note.to, end);
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + FADE_SECONDS);
  gain.gain.setValueAtTime(LOUDNESS, end - FADE_SECONDS);
  gain.gain.linearRampToValueAtTime(0, end);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(end);
}
