using AceProxy.Buffering;

namespace AceProxy.Delivery;

/// <summary>Where a client begins, and what it is sent first.</summary>
internal readonly record struct StreamStart(RingPosition Position, ReadOnlyMemory<byte> Preamble);
