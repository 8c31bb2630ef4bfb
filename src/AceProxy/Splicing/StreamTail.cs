using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>The end of what a stream's readers have got. Immutable, and nothing is copied.</summary>
internal sealed class StreamTail
{
    /// <summary>A picture is sent at most 16 others too early (H.264 and H.265, annex A, limit the decoder's memory).</summary>
    private const int MostPictures = 32;

    /// <summary>As far as pictures are looked for: 12 s of an 8 Mbit/s stream.</summary>
    private const int MostPackets = 65536;

    private readonly IReadOnlyList<ReadOnlyMemory<byte>> _runs;
    private readonly long _unbroken;
    private readonly byte[] _last = [];

    /// <param name="runs">Whole packets, oldest first: chunks.</param>
    /// <param name="unbroken">
    /// How many of them, counted from the end, came one after the other over one connection, or over several that were spliced. Only
    /// discontinuity markers may lie between, which are put in and not found in what an engine sends.
    /// </param>
    public StreamTail(IReadOnlyList<ReadOnlyMemory<byte>> runs, long unbroken)
    {
        (_runs, _unbroken) = (runs, unbroken);
        TailCursor cursor = Backwards();
        if (cursor.MovePrevious())
        {
            _last = cursor.Current.ToArray();
        }
    }

    /// <summary>Its last packet; empty if it has none.</summary>
    public ReadOnlySpan<byte> Last => _last;

    /// <summary>Over the unbroken packets without the markers, the newest first.</summary>
    public TailCursor Backwards() => new(_runs, _unbroken);

    /// <summary>The same over all packets: what is before a break tells nothing but the time.</summary>
    public TailCursor BackwardsOverBreaks() => new(_runs, long.MaxValue);

    /// <summary>The latest presentation time of a PID, in ticks of 27 MHz; pictures are not sent in the order they are shown in.</summary>
    public long? LatestPicture(int pid) => LatestPicture(pid, Backwards()) ?? LatestPicture(pid, BackwardsOverBreaks());

    /// <summary>Whether a packet that is there is there once only.</summary>
    public bool HasJustOne(ReadOnlySpan<byte> packet)
    {
        int found = 0;
        foreach (ReadOnlyMemory<byte> run in _runs)
        {
            ReadOnlySpan<byte> bytes = run.Span;
            for (int at = 0; at < bytes.Length; at += TsPacket.Size)
            {
                if (bytes.Slice(at, TsPacket.Size).SequenceEqual(packet) && ++found > 1)
                {
                    return false;
                }
            }
        }

        return found == 1;
    }

    private static long? LatestPicture(int pid, TailCursor cursor)
    {
        long? latest = null;
        for (int packets = 0, pictures = 0; packets < MostPackets && pictures < MostPictures && cursor.MovePrevious(); packets++)
        {
            if (TsPacket.Pid(cursor.Current) == pid && PesTimestamps.TryRead(cursor.Current, out long presentation, out _))
            {
                presentation *= StreamTime.TicksPerTimestamp;
                latest = latest is { } other && StreamTime.Difference(presentation, other) < 0 ? other : presentation;
                pictures++;
            }
        }

        return latest;
    }
}
