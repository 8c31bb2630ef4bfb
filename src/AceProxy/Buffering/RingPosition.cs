namespace AceProxy.Buffering;

/// <summary>A place in a stream: a byte of a chunk, at a packet boundary.</summary>
internal readonly record struct RingPosition(long Sequence, int Offset);
