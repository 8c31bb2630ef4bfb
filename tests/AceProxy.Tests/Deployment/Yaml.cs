using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace AceProxy.Tests.Deployment;

/// <summary>Reads YAML by paths such as <c>spec/template/spec</c>, aliases and merge keys resolved.</summary>
internal static class Yaml
{
    /// <summary>Every document of a file.</summary>
    public static YamlMappingNode[] Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new MergingParser(new Parser(new StringReader(text))));
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    /// <summary>Null where the path leads nowhere.</summary>
    public static YamlNode? At(this YamlNode node, string path)
    {
        YamlNode? at = node;
        foreach (string name in path.Split('/'))
        {
            at = at is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(name), out YamlNode? child) ? child : null;
        }

        return at;
    }

    /// <summary>The scalar there; fails if there is none.</summary>
    public static string Text(this YamlNode node, string path) =>
        node.At(path) is YamlScalarNode { Value: { } value } ? value : throw new InvalidDataException($"there is no value at {path}");

    /// <summary>The entries of a mapping, none where there is no mapping.</summary>
    public static Dictionary<string, YamlNode> Map(this YamlNode node, string path) => node.At(path) is YamlMappingNode map
        ? map.Children.ToDictionary(child => ((YamlScalarNode)child.Key).Value!, child => child.Value)
        : [];

    /// <summary>The items of a sequence, none where there is no sequence.</summary>
    public static YamlNode[] List(this YamlNode node, string path) => node.At(path) is YamlSequenceNode list ? [.. list.Children] : [];

    public static string[] Texts(this YamlNode node, string path) => [.. node.List(path).Select(item => ((YamlScalarNode)item).Value!)];
}
