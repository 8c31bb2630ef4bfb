using AceProxy.MpegTs;

namespace AceProxy.Upstream;

/// <summary>The packets of a connection that is not in the ring yet, from its first on, and which stretch of time they cover.</summary>
internal sealed class Backlog
{
    /// <summary>15 s of an 8 Mbit/s stream, and more than the burst of any engine seen so far but one (22 MB of a richer stream).</summary>
    public const int Most = 16 * 1024 * 1024;

    private readonly PacketAligner _aligner = new();
    private byte[] _packets = new byte[256 * 1024];
    private int _length;

    public ReadOnlySpan<byte> Packets => _packets.AsSpan(0, _length);

    public long BytesSinceAligned => _aligner.BytesSinceAligned;

    public bool IsFull => _length >= Most;

    /// <summary>The PID whose clock is followed: the first that has one; -1 for none.</summary>
    public int ClockPid { get; private set; } = -1;

    /// <summary>In ticks of 27 MHz.</summary>
    public long FirstClock { get; private set; }

    /// <summary>In ticks of 27 MHz.</summary>
    public long LastClock { get; private set; }

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

    private void Clear()
    {
        _length = 0;
        ClockPid = -1;
    }

    private void Append(ReadOnlySpan<byte> packets)
    {
        while (_packets.Length - _length < packets.Length)
        {
            Array.Resize(ref _packets, _packets.Length * 2);
        }

        packets.CopyTo(_packets.AsSpan(_length));
        _length += packets.Length;
        for (; packets.Length > 0; packets = packets[TsPacket.Size..])
        {
            if ((ClockPid < 0 || TsPacket.Pid(packets) == ClockPid) && TsPacket.TryGetPcr(packets[..TsPacket.Size], out long clock))
            {
                FirstClock = ClockPid < 0 ? clock : FirstClock;
                ClockPid = TsPacket.Pid(packets);
                LastClock = clock;
            }
        }
    }
}
