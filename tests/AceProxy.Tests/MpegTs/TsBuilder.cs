using AceProxy.MpegTs;

namespace AceProxy.Tests.MpegTs;

/// <summary>
/// Writes a transport stream packet by packet, counting each PID's continuity counter. Every call appends whole packets.
/// </summary>
/// <example><code>
/// var stream = new TsBuilder()
///     .Pat((1, 0x1000))
///     .Pmt(0x1000, 1, (0x1B, 0x100), (0x0F, 0x101))
///     .Pes(0x100, H264.Idr(500), randomAccess: true, pcr: 27_000_000)
///     .ToArray();
/// </code></example>
internal sealed class TsBuilder
{
    public const int MaxPayload = TsPacket.Size - TsPacket.HeaderSize;

    private readonly List<byte> _bytes = [];
    private readonly Dictionary<int, int> _counters = [];

    /// <summary>Packets so far, which is the number of the packet that comes next.</summary>
    public int Count => _bytes.Count / TsPacket.Size;

    public byte[] ToArray() => [.. _bytes];

    /// <summary>An association of programs; <see cref="Sections"/> writes other versions.</summary>
    public TsBuilder Pat(params (int Number, int Pid)[] programs) => Section(TsPacket.PatPid, Sections.Pat(programs));

    /// <summary>A program's map, with the clock on its first stream.</summary>
    public TsBuilder Pmt(int pid, int number, params (byte Type, int Pid)[] streams) =>
        Section(pid, Sections.Pmt(number, streams[0].Pid, streams));

    /// <summary>A section over as many packets as it takes, or as many as it takes with few bytes in each.</summary>
    public TsBuilder Section(int pid, byte[] section, int payloadSize = MaxPayload) => Unit(pid, [0, .. section], payloadSize);

    /// <summary>A PES packet.</summary>
    /// <param name="pid">Its PID.</param>
    /// <param name="elementary">What it carries.</param>
    /// <param name="randomAccess">Sets random_access_indicator on the first packet.</param>
    /// <param name="pcr">A clock reference on the first packet, in ticks of 27 MHz.</param>
    /// <param name="payloadSize">Bytes in each packet; the rest is stuffing.</param>
    /// <param name="headerStuffing">Stuffing bytes in the PES header.</param>
    /// <param name="pts">A presentation time, in ticks of 90 kHz.</param>
    public TsBuilder Pes(
        int pid,
        byte[] elementary,
        bool randomAccess = false,
        long? pcr = null,
        int payloadSize = MaxPayload,
        int headerStuffing = 0,
        long? pts = null)
    {
        byte[] time = pts is { } ticks
            ? [(byte)(0x21 | ((ticks >> 29) & 0x0E)), (byte)(ticks >> 22), (byte)((ticks >> 14) | 1), (byte)(ticks >> 7), (byte)((ticks << 1) | 1)]
            : [];
        byte[] header =
        [
            0, 0, 1, 0xE0, 0, 0, 0x80, (byte)(pts is null ? 0 : 0x80), (byte)(time.Length + headerStuffing),
            .. time, .. Enumerable.Repeat((byte)0xFF, headerStuffing),
        ];
        return Unit(pid, [.. header, .. elementary], payloadSize, randomAccess, pcr);
    }

    /// <summary>Any payload unit: payload_unit_start_indicator on the first packet.</summary>
    public TsBuilder Unit(int pid, byte[] payload, int payloadSize = MaxPayload, bool randomAccess = false, long? pcr = null)
    {
        for (var at = 0; at < payload.Length;)
        {
            var adaptation = at == 0 ? Adaptation(randomAccess, pcr) : [];
            var room = Math.Min(payloadSize, MaxPayload - (adaptation.Length == 0 ? 0 : 1 + adaptation.Length));
            var taken = Math.Min(room, payload.Length - at);
            Packet(pid, payload.AsSpan(at, taken), start: at == 0, adaptation);
            at += taken;
        }

        return this;
    }

    /// <summary>One packet, stuffed to its size.</summary>
    /// <param name="pid">Its PID.</param>
    /// <param name="payload">At most 184 bytes less the adaptation field; none makes a packet of adaptation field only.</param>
    /// <param name="start">payload_unit_start_indicator.</param>
    /// <param name="adaptation">The adaptation field from its flags on.</param>
    /// <param name="scrambled">transport_scrambling_control '10'.</param>
    public TsBuilder Packet(int pid, ReadOnlySpan<byte> payload, bool start = false, byte[]? adaptation = null, bool scrambled = false)
    {
        var counter = _counters.GetValueOrDefault(pid, 15);
        counter = payload.IsEmpty ? counter : (counter + 1) & 0x0F;
        _counters[pid] = counter;

        adaptation ??= [];
        var field = MaxPayload - payload.Length;
        Assert.True(adaptation.Length == 0 || field > adaptation.Length, "payload and adaptation field do not fit");
        var control = (field > 0 ? 0x20 : 0) | (payload.IsEmpty ? 0 : 0x10) | (scrambled ? 0x80 : 0);
        _bytes.AddRange([TsPacket.SyncByte, (byte)((start ? 0x40 : 0) | (pid >> 8)), (byte)pid, (byte)(control | counter)]);
        if (field > 0)
        {
            _bytes.Add((byte)(field - 1));
            if (field > 1)
                _bytes.AddRange(adaptation.Length > 0 ? adaptation : [0]);
            _bytes.AddRange(Enumerable.Repeat((byte)0xFF, Math.Max(0, field - 1 - Math.Max(1, adaptation.Length))));
        }

        _bytes.AddRange(payload);
        return this;
    }

    public TsBuilder Null() => Packet(TsPacket.NullPid, new byte[MaxPayload]);

    /// <summary>Appends the last packet once more, byte by byte (ISO/IEC 13818-1, 2.4.3.3).</summary>
    public TsBuilder Duplicate()
    {
        _bytes.AddRange(_bytes.GetRange(_bytes.Count - TsPacket.Size, TsPacket.Size));
        return this;
    }

    /// <summary>Drops the last packet, as a network would: its counter stays counted.</summary>
    public TsBuilder Lose()
    {
        _bytes.RemoveRange(_bytes.Count - TsPacket.Size, TsPacket.Size);
        return this;
    }

    private static byte[] Adaptation(bool randomAccess, long? pcr)
    {
        if (!randomAccess && pcr is null)
            return [];

        var flags = (byte)((randomAccess ? 0x40 : 0) | (pcr is null ? 0 : 0x10));
        if (pcr is not { } ticks)
            return [flags];

        var (clock, extension) = Math.DivRem(ticks, 300);
        return
        [
            flags, (byte)(clock >> 25), (byte)(clock >> 17), (byte)(clock >> 9), (byte)(clock >> 1),
            (byte)(((clock & 1) << 7) | 0x7E | (extension >> 8)), (byte)extension,
        ];
    }
}
