using System.Text;

namespace AceProxy.Tests.Telemetry;

/// <summary>As much of protobuf's wire format as it takes to find what lies at a path of field numbers.</summary>
internal static class Protobuf
{
    /// <summary>Every piece of bytes or text at the path.</summary>
    public static IEnumerable<byte[]> At(byte[] message, params int[] path) => path is [var field, .. var rest]
        ? Fields(message).Where(found => found.Field == field).SelectMany(found => At(found.Bytes, rest))
        : [message];

    public static IEnumerable<string> TextAt(byte[] message, params int[] path) => At(message, path).Select(Encoding.UTF8.GetString);

    private static List<(int Field, byte[] Bytes)> Fields(byte[] message)
    {
        var fields = new List<(int, byte[])>();
        for (int at = 0; at < message.Length;)
        {
            ulong key = Varint(message, ref at);
            switch (key & 7)
            {
                case 0:
                    Varint(message, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message, ref at);
                    fields.Add(((int)(key >> 3), message[at..(at + length)]));
                    at += length;
                    break;
                case 5:
                    at += 4;
                    break;
                default:
                    throw new InvalidDataException($"wire type {key & 7} at {at}");
            }
        }

        return fields;
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
