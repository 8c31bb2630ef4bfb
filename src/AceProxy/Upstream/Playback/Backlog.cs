using AceProxy.Buffering;
using AceProxy.MpegTs;
using AceProxy.Splicing;

namespace AceProxy.Upstream.Playback;

/// <summary>The packets of a connection that is not in the ring yet, from its first on, and which stretch of time they cover.</summary>
internal sealed class Backlog
{
    /// <summary>15 s of an 8 Mbit/s stream, and more than the burst of any engine seen so far but one (22 MB of a richer stream).</summary>
    public const int Most = 16 * 1024 * 1024;

    private readonly PacketAligner _aligner = new();
    private byte[] _packets = new byte[256 * 1024];
    private int _length;

    // The PID whose clock is followed, the first that has one, -1 for none; and its first and last reading, in ticks of 27 MHz.
    private int _clockPid = -1;
    private long _firstClock;
    private long _lastClock;

    public ReadOnlySpan<byte> Packets => _packets.AsSpan(0, _length);

    public long BytesSinceAligned => _aligner.BytesSinceAligned;

    public bool IsFull => _length >= Most;

    /// <summary>Takes the whole packets among the bytes.</summary>
    /// <returns>How many bytes are done with; the caller keeps the rest in front of what it reads next.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (true)
        {
            _aligner.Next(bytes[done..], out int skip, out int length);
            done += skip;
            if (length == 0)
            {
                return done;
            }

            if (skip > 0)
            {
                Clear(); // bytes were lost: what is held does not belong together with what comes
            }

            Append(bytes.Slice(done, length));
            done += length;
        }
    }

    /// <summary>
    /// Whether a ring's end lies within, so that it can go on with the very next packet. It does not while the ring has not come to the
    /// beginning, or this not to the ring's end. Clocks that have nothing to do with each other will never fit: then waiting is no use.
    /// </summary>
    public bool Covers(ChunkRing ring)
    {
        if (_clockPid < 0 || RingClock.Newest(ring, _clockPid) is not { } tail)
        {
            return false;
        }

        long beyondFirst = StreamTime.Difference(tail, _firstClock);
        return !StreamTime.AreRelated(beyondFirst) || (beyondFirst >= 0 && StreamTime.Difference(tail, _lastClock) <= 0);
    }

    private void Clear()
    {
        _length = 0;
        _clockPid = -1;
    }

    private void Append(ReadOnlySpan<byte> packets)
    {
        int needed = _length + packets.Length;
        if (needed > _packets.Length)
        {
            Array.Resize(ref _packets, Math.Max(needed, Math.Min(_packets.Length * 2, Most))); // the last piece must not double it once more
        }

        packets.CopyTo(_packets.AsSpan(_length));
        _length += packets.Length;
        for (; packets.Length > 0; packets = packets[TsPacket.Size..])
        {
            if ((_clockPid < 0 || TsPacket.Pid(packets) == _clockPid) && TsPacket.TryGetPcr(packets[..TsPacket.Size], out long clock))
            {
                _firstClock = _clockPid < 0 ? clock : _firstClock;
                _clockPid = TsPacket.Pid(packets);
                _lastClock = clock;
            }
        }
    }
}
