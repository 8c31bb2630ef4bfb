using System.Buffers.Binary;
using AceProxy.MpegTs;

namespace AceProxy.Tests.Functional;

/// <summary>
/// Reads what a player would get of a stamped broadcast and checks it as it comes: alignment, continuity counters, and the sequence
/// numbers and times in the stamps of PID 0x101.
/// </summary>
internal sealed class StreamChecker(TimeProvider? clock = null)
{
    private const int StampedPid = 0x101;
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private readonly byte[] _packet = new byte[TsPacket.Size];
    private readonly int[] _counters = Enumerable.Repeat(-1, TsPacket.PidCount).ToArray();
    private int _filled;

    public long Bytes { get; private set; }

    public long Packets { get; private set; }

    /// <summary>Packets that do not begin with the sync byte.</summary>
    public long Misaligned { get; private set; }

    /// <summary>Continuity counters that neither count on nor are excused by a discontinuity indicator.</summary>
    public long CounterErrors { get; private set; }

    /// <summary>Discontinuities that were announced.</summary>
    public long Marked { get; private set; }

    public long FirstSequence { get; private set; } = -1;

    public long LastSequence { get; private set; } = -1;

    /// <summary>Sequence numbers that were skipped.</summary>
    public long Missing { get; private set; }

    /// <summary>Sequence numbers that came a second time, or late.</summary>
    public long Repeated { get; private set; }

    /// <summary>When the newest packet received was on the air.</summary>
    public DateTimeOffset NewestOnAir { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Packets with a stamp that cannot be.</summary>
    public long Corrupt { get; private set; }

    /// <summary>PIDs of the first packets, in order.</summary>
    public List<int> FirstPids { get; } = [];

    /// <summary>Whether the first packet of the stamped PID carried a random access indicator.</summary>
    public bool? BeganAtRandomAccess { get; private set; }

    /// <summary>How long after it was on the air each packet was read, in milliseconds.</summary>
    public List<double> Lateness { get; } = [];

    public void Add(ReadOnlySpan<byte> bytes)
    {
        Bytes += bytes.Length;
        while (bytes.Length > 0)
        {
            int take = Math.Min(TsPacket.Size - _filled, bytes.Length);
            bytes[..take].CopyTo(_packet.AsSpan(_filled));
            bytes = bytes[take..];
            _filled += take;
            if (_filled == TsPacket.Size)
            {
                _filled = 0;
                Check(_packet);
            }
        }
    }

    /// <summary>Reads until the condition holds or the body ends. Returns false if it ended.</summary>
    public async Task<bool> ReadUntilAsync(Stream body, Func<StreamChecker, bool> condition, CancellationToken cancellation)
    {
        byte[] buffer = new byte[64 * 1024];
        while (!condition(this))
        {
            int read = await body.ReadAsync(buffer, cancellation);
            if (read == 0)
            {
                return false;
            }

            Add(buffer.AsSpan(0, read));
        }

        return true;
    }

    private void Check(ReadOnlySpan<byte> packet)
    {
        Packets++;
        if (packet[0] != TsPacket.SyncByte)
        {
            Misaligned++;
            return;
        }

        int pid = TsPacket.Pid(packet);
        if (FirstPids.Count < 8)
        {
            FirstPids.Add(pid);
        }

        CheckCounter(packet, pid);
        if (pid == StampedPid && TsPacket.HasPayload(packet))
        {
            BeganAtRandomAccess ??= TsPacket.RandomAccessIndicator(packet);
            CheckStamp(packet);
        }
    }

    private void CheckCounter(ReadOnlySpan<byte> packet, int pid)
    {
        if (pid == TsPacket.NullPid)
        {
            return;
        }

        int counter = TsPacket.ContinuityCounter(packet);
        bool marked = TsPacket.DiscontinuityIndicator(packet);
        Marked += marked ? 1 : 0;
        int expected = TsPacket.HasPayload(packet) ? (_counters[pid] + 1) & 0x0F : _counters[pid];
        if (_counters[pid] >= 0 && counter != expected && !marked)
        {
            CounterErrors++;
        }

        _counters[pid] = counter;
    }

    private void CheckStamp(ReadOnlySpan<byte> packet)
    {
        Span<byte> stamp = stackalloc byte[16];
        for (int at = 0; at < stamp.Length; at++)
        {
            stamp[at] = (byte)(packet[TsPacket.Size - 16 + at] ^ 0xA5);
        }

        long sequence = BinaryPrimitives.ReadInt64BigEndian(stamp);
        if (LastSequence >= 0 && Math.Abs(sequence - LastSequence) > 100_000_000)
        {
            Corrupt++; // the packet that garbage broke into
            return;
        }

        long onAir = BinaryPrimitives.ReadInt64BigEndian(stamp[8..]);
        long now = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
        Lateness.Add((now - onAir) / 1e6);
        DateTimeOffset moment = DateTimeOffset.UnixEpoch.AddTicks(onAir / 100);
        if (moment > NewestOnAir && onAir <= now)
        {
            NewestOnAir = moment; // a packet whose end was garbage may say anything, mostly the far future
        }

        if (LastSequence < 0)
        {
            FirstSequence = sequence;
        }
        else if (sequence > LastSequence)
        {
            Missing += sequence - LastSequence - 1;
        }
        else
        {
            Repeated++;
        }

        LastSequence = sequence;
    }
}
