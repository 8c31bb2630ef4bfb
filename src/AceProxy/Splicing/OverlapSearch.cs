using AceProxy.MpegTs;

namespace AceProxy.Splicing;

/// <summary>
/// Looks for a tail's end in the packets that a new connection brings. Engines of one swarm deliver the same packets, so contents are
/// compared, all 188 bytes of each, backwards from the newest packet.
/// </summary>
/// <remarks>
/// Null packets, tables, filler, still pictures and clips that are played again repeat, so a run that matches proves nothing by its length
/// alone. It has to reach back to a packet with a time in it (no other packet is the same for a day), which the tail holds just once, and
/// over <see cref="Window"/> packets; or to where the connection or the tail begins, because there is nothing more to compare. If no time
/// lies in so short a run, several packets that the tail holds just once make it likely, and the next time has to confirm it. One packet
/// that differs refutes it: a jump that is announced is the lesser harm.
/// </remarks>
internal sealed class OverlapSearch(StreamTail tail, HeldPackets held)
{
    private const int Window = 64;

    /// <summary>So many packets of a kind that could be anything make a run without a time likely.</summary>
    private const int Telling = 4;

    /// <summary>A bound on comparisons over all connections, some 0.1 s: a stream that repeats one packet for ever must not cost more.</summary>
    private const int MostComparisons = 2_000_000;

    /// <summary>A bound on looks through the whole tail, some milliseconds each.</summary>
    private const int MostLooks = 48;

    private int _comparisons;
    private int _looks;

    /// <summary>Whether the newest packet that is held is the tail's last.</summary>
    public OverlapMatch Match()
    {
        long number = held.End - 1;
        if (tail.Last.IsEmpty || !held[number].SequenceEqual(tail.Last))
        {
            return OverlapMatch.None;
        }

        bool hasTime = false;
        int run = 0;
        for (TailCursor cursor = tail.Backwards(); ; run++)
        {
            while (number >= held.First && DiscontinuityMarker.Is(held[number]))
            {
                number--;
            }

            if (number < held.First || !cursor.MovePrevious() || (hasTime && run >= Window))
            {
                return hasTime ? OverlapMatch.Proven : IsTelling(run) ? OverlapMatch.Likely : OverlapMatch.None;
            }

            ReadOnlySpan<byte> packet = held[number--];
            if (_comparisons++ >= MostComparisons || !packet.SequenceEqual(cursor.Current))
            {
                return OverlapMatch.None;
            }

            hasTime = hasTime || (ClockSource.IsTimed(packet) && IsUnique(packet));
        }
    }

    private bool IsTelling(int run)
    {
        int telling = 0;
        for (TailCursor cursor = tail.Backwards(); run > 0 && telling < Telling && cursor.MovePrevious(); run--)
        {
            telling += IsAnything(cursor.Current) && IsUnique(cursor.Current) ? 1 : 0;
        }

        return telling == Telling;
    }

    /// <summary>Neither a null packet nor the association nor filler.</summary>
    private static bool IsAnything(ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> payload = TsPacket.Payload(packet);
        return TsPacket.Pid(packet) is not (TsPacket.NullPid or TsPacket.PatPid)
            && !TsPacket.TransportError(packet)
            && payload.Length > 0 && payload.IndexOfAnyExcept(payload[0]) >= 0;
    }

    private bool IsUnique(ReadOnlySpan<byte> packet) => _looks++ < MostLooks && tail.HasJustOne(packet);
}
