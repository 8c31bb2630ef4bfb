namespace AceProxy.Buffering;

/// <summary>Somebody who keeps up with a ring and is passed each chunk as it is appended.</summary>
internal interface IRingFollower
{
    /// <summary>The chunk it wants next.</summary>
    long Sequence { get; }

    /// <summary>Takes everything up to the newest chunk, without waiting. False when it is no follower any more.</summary>
    /// <param name="newest">The newest chunk, held by the caller.</param>
    /// <param name="inPlace">Whether to let the kernel refer to the slab's pages instead of copying them.</param>
    bool Push(Chunk newest, bool inPlace);

    /// <summary>No more will come.</summary>
    void Complete();
}
