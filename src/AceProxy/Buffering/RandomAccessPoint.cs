using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>A place where a decoder can begin, and what it has to be sent first.</summary>
/// <param name="At">The <see cref="TimeProvider"/> timestamp at which it arrived.</param>
internal sealed record RandomAccessPoint(RingPosition Position, long At, Preamble Preamble);
