namespace AceProxy.EngineSimulator.Broadcasting;

/// <summary>Packets of the stamped stream with everything in place but counter, clocks and stamp.</summary>
internal static class StampedTemplates
{
    private const byte FillerByte = 0x2E; // neither 0x47 nor part of a start code

    /// <summary>Where the PTS is: behind the header, eight bytes of adaptation field and nine of PES header.</summary>
    public const int PtsOffset = 4 + 8 + 9;

    public static byte[] Filler { get; } = Packet(unitStart: false, adaptationFlags: 0);

    public static byte[] FrameStart { get; } = Packet(unitStart: true, adaptationFlags: 0x10);

    public static byte[] GroupStart { get; } = Packet(unitStart: true, adaptationFlags: 0x50);

    private static byte[] Packet(bool unitStart, byte adaptationFlags)
    {
        var packet = new byte[TransportPacket.Size];
        packet.AsSpan().Fill(FillerByte);
        packet[0] = TransportPacket.SyncByte;
        packet[1] = (byte)((unitStart ? 0x40 : 0) | StampedBroadcast.StampedPid >> 8);
        packet[2] = StampedBroadcast.StampedPid & 0xFF;
        packet[3] = 0x10;
        if (!unitStart)
            return packet;
        packet[3] = 0x30;
        packet[4] = 7;
        packet[5] = adaptationFlags;
        // Video stream 0xE0, length left open, PTS only; then an access unit delimiter and the beginning of a slice: IDR with slice_type
        // I where a group starts, P elsewhere (H.264, 7.3.3). Without a slice the frame would seem to go on in the next one.
        ReadOnlySpan<byte> pes = [0, 0, 1, 0xE0, 0, 0, 0x80, 0x80, 5, 0x21, 0, 1, 0, 1, 0, 0, 0, 1, 0x09, 0xF0, 0, 0, 1];
        ReadOnlySpan<byte> slice = (adaptationFlags & 0x40) != 0 ? [0x65, 0x88] : [0x41, 0x9A];
        pes.CopyTo(packet.AsSpan(12));
        slice.CopyTo(packet.AsSpan(12 + pes.Length));
        return packet;
    }
}
