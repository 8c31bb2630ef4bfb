using System.Collections.Concurrent;
using System.Globalization;

namespace AceProxy.Telemetry;

/// <summary>A measurement's labels in the form in which they are told, <c>name="value",…</c>, sorted by name: the same labels are the same text.</summary>
internal ref struct MetricLabels
{
    /// <summary>Names that were made fit to be told; as many as the instruments have.</summary>
    private static readonly ConcurrentDictionary<string, string> Names = [];

    [ThreadStatic]
    private static char[]? _buffer;

    private char[] _text;
    private int _length;

    /// <returns>Valid until the next call on this thread.</returns>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new MetricLabels { _text = _buffer ??= new char[256] };
        Span<int> order = stackalloc int[tags.Length];
        for (int at = 0; at < order.Length; at++)
        {
            int to = at;
            for (; to > 0 && string.CompareOrdinal(tags[order[to - 1]].Key, tags[at].Key) > 0; to--)
            {
                order[to] = order[to - 1];
            }

            order[to] = at;
        }

        foreach (int at in order)
        {
            labels.Append(tags[at].Key, tags[at].Value);
        }

        _buffer = labels._text;
        return labels._text.AsSpan(0, labels._length);
    }

    private void Append(string name, object? value)
    {
        if (_length > 0)
        {
            Append(',');
        }

        foreach (char letter in Names.GetOrAdd(name, MetricName.Tame))
        {
            Append(letter);
        }

        Append('=');
        Append('"');
        foreach (char letter in TextOf(value))
        {
            if (letter is '\\' or '"' or '\n')
            {
                Append('\\');
            }

            Append(letter == '\n' ? 'n' : letter);
        }

        Append('"');
    }

    private void Append(char letter)
    {
        if (_length == _text.Length)
        {
            Array.Resize(ref _text, _text.Length * 2);
        }

        _text[_length++] = letter;
    }

    private static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        bool isTrue => isTrue ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
