namespace AceProxy.Buffering;

/// <summary>What <see cref="ChunkRing.TryAcquire"/> found.</summary>
internal enum ChunkRead
{
    /// <summary>The chunk, with a reference that the caller releases.</summary>
    Acquired,

    /// <summary>Not there yet: wait for <see cref="ChunkRing.Changed"/>, or the stream has ended.</summary>
    NotYet,

    /// <summary>Dropped already: the reader has been lapped.</summary>
    Lapsed,
}
