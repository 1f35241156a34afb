/**
 * Runs in the page before its own code, and only watches: when the microphone was last heard,
 * when the events of the server came, and when their bubbles had been drawn.
 */
(() => {
  /** Amplitude above which a sample is sound: -46 dBFS. */
  const SOUND = 0.005;
  /** The microphone has been quiet for so long when an utterance is over, milliseconds. */
  const QUIET_MS = 300;

  const seen = { events: [], bubbles: [] };
  window.bench = seen;
  let lastSound = 0;

  const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await getUserMedia(constraints);
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 256 });
    context.createMediaStreamSource(stream.clone()).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      if (samples.some((sample) => Math.abs(sample) > SOUND)) lastSound = performance.now();
    }, 5);
    return stream;
  };

  const addEventListener = WebSocket.prototype.addEventListener;
  const connect = window.WebSocket;
  window.WebSocket = class extends connect {
    constructor(...address) {
      super(...address);
      addEventListener.call(this, "message", ({ data }) => {
        const at = performance.now();
        const event = JSON.parse(data);
        if (event.type !== "transcription") return;
        seen.events.push({ segment: event.segment_id, at, sound: lastSound, quiet: at - lastSound > QUIET_MS });
      });
    }
  };

  const drawn = new Set();
  new MutationObserver(() => {
    for (const item of document.querySelectorAll("li.item")) {
      const segment = item.dataset.key?.split("/").at(-1);
      if (!segment || drawn.has(segment)) continue;
      drawn.add(segment);
      // The page draws in animation frames, and a message comes after the frame has been painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => seen.bubbles.push({ segment, at: performance.now() });
      port2.postMessage(null);
    }
  }).observe(document, { childList: true, subtree: true });
})();
