namespace AceProxy.Tests.MpegTs;

/// <summary>NAL units of ITU-T H.264, as far as finding access points looks at them: headers and first bytes are real.</summary>
internal static class H264
{
    public const int SliceP = 5;
    public const int SliceB = 6;
    public const int SliceI = 7;

    public static byte[] Aud() => [0, 0, 0, 1, 0x09, 0xF0];

    public static byte[] Sps() => [0, 0, 0, 1, 0x67, 0x64, 0x00, 0x1F, 0xAC, 0xD9];

    public static byte[] Pps() => [0, 0, 0, 1, 0x68, 0xEB, 0xE3, 0xCB];

    public static byte[] Idr(int length = 300) => [0, 0, 1, 0x65, SliceHeader(SliceI), .. Data(length)];

    public static byte[] Slice(int sliceType, int length = 300) => [0, 0, 1, 0x41, SliceHeader(sliceType), .. Data(length)];

    /// <summary>A slice that is not its picture's first.</summary>
    public static byte[] LaterSlice(bool idr) => [0, 0, 1, (byte)(idr ? 0x65 : 0x41), 0x40, .. Data(300)];

    /// <summary>A unit of messages, each a payload type and its bytes; emulation prevention is put in where it belongs.</summary>
    public static byte[] Sei(params (int Type, byte[] Payload)[] messages)
    {
        var raw = new List<byte>();
        foreach (var (type, payload) in messages)
            raw.AddRange([.. Sum(type), .. Sum(payload.Length), .. payload]);
        return [0, 0, 1, 0x06, .. Escape([.. raw, 0x80])];
    }

    public static (int Type, byte[] Payload) RecoveryPoint() => (6, [0xC4]);

    public static (int Type, byte[] Payload) UserData(int length, byte fill = 0x55) => (5, [.. Enumerable.Repeat(fill, length)]);

    public static byte[] Unit(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    /// <summary>first_mb_in_slice 0 is the bit 1, then slice_type as ue(v).</summary>
    private static byte SliceHeader(int sliceType)
    {
        var code = sliceType + 1;
        var bits = (2 * (32 - int.LeadingZeroCount(code))) - 1;
        return (byte)(0x80 | (code << (7 - bits)));
    }

    private static byte[] Data(int length) => [.. Enumerable.Repeat((byte)0xA5, length)];

    private static byte[] Sum(int value) => [.. Enumerable.Repeat((byte)0xFF, value / 255), (byte)(value % 255)];

    private static byte[] Escape(byte[] raw)
    {
        var escaped = new List<byte>();
        var zeros = 0;
        foreach (var b in raw)
        {
            if (zeros >= 2 && b <= 3)
            {
                escaped.Add(3);
                zeros = 0;
            }

            escaped.Add(b);
            zeros = b == 0 ? zeros + 1 : 0;
        }

        return [.. escaped];
    }
}
